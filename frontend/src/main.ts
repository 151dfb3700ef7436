import "./lib/theme/theme.css";
import "./lib/theme/base.css";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("page");
if (target) mount(App, { target });
