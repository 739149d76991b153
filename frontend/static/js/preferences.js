// Runs before the first paint of a shared page, which is the same for every visitor, and applies what
// this visitor has chosen. Without JavaScript the theme comes from /theme.css.
{
  const root = document.documentElement;
  const preference = (name) => document.cookie.match(`(?:^|; )(?:__Host-)?${name}=([\\w-]+)`)?.[1] ?? "";
  const theme = preference("theme");
  root.toggleAttribute("data-known", preference("known") === "1"); // leaves space for the number in the cart
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // An address without a prefix is English. The language of the visitor has an address of its own.
  const [english, ...others] = root.dataset.languages.split(" ");
  const language = [preference("language"), ...navigator.languages]
    .map((tag) => tag.slice(0, 2))
    .find((code) => code === english || others.includes(code));
  const url = new URL(location.href);
  if (root.lang === english && others.includes(language)) url.pathname = `/${language}${url.pathname}`;
  if (preference("debug_panel") === "on") url.searchParams.set("debug_panel", "on");
  if (url.href !== location.href) location.replace(url);
}
