// Numbers and words as people read them.

import type { Maybe, Setting } from "./types.ts";

const MINUS = "−";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A step: 12,500. */
export const steps = (value: Maybe): string => (value === null ? "–" : whole.format(value).replace("-", MINUS));

/** A share as per cent with one decimal: 99.3 %. */
export const share = (value: Maybe): string => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);

/** Any number, short: 3 significant digits, powers of ten where it is far from 1. */
export function short(value: Maybe): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return power(value);
  if (Number.isInteger(value)) return whole.format(value).replace("-", MINUS);
  return String(Number(value.toPrecision(3))).replace("-", MINUS);
}

function power(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(2).split("e");
  const raised = [...String(Number(exponent))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "⁻").join("");
  if (Number(mantissa) === 1) return `10${raised}`;
  return `${String(Number(mantissa)).replace("-", MINUS)}·10${raised}`;
}

/** 3 seconds, 5 minutes, 2 hours, 4 days: how long ago. */
export function ago(seconds: number): string {
  const units: [number, string][] = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [size, name] = units.find(([least]) => seconds >= least) ?? [1, "second"];
  const count = Math.max(0, Math.floor(seconds / size));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** `test_accuracy` as words: test accuracy. */
export const words = (name: string): string => name.replaceAll("_", " ");

/** The part of a setting's path that says enough: optimizer.weight_decay as weight decay, model.name as model. */
export const settingName = (path: string): string => words(path.replace(/\.name$/, "").split(".").at(-1) ?? path);

export const setting = (value: Setting | undefined): string =>
  value === undefined ? "–" : typeof value === "number" ? short(value) : String(value);

export const plural = (count: number, one: string, many = `${one}s`): string => `${whole.format(count)} ${count === 1 ? one : many}`;
