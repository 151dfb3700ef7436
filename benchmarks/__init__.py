"""Speed, side by side: each benchmark runs its contenders alternately and prints medians, spread and ratios."""
