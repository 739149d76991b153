"""How fast the shop starts and answers, beside what one usually builds, in one run."""
