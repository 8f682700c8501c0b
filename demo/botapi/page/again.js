// A browser drops what it is loading when a network of the machine changes, and Docker changes them with each
// container. What the page is made of is then asked for again: three times at most, until it is all there.

const LOADED_AGAIN = "loaded again";

addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return;
    const times = Number(sessionStorage.getItem(LOADED_AGAIN));
    if (times === 3) return;
    sessionStorage.setItem(LOADED_AGAIN, times + 1);
    setTimeout(() => location.reload(), 200 * times);
  },
  true,
);
