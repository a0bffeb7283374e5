/** Waits until an element comes near what is on screen. */

/**
 * Call `act` once, when the element is less than a screen's height away from the visible part of the page.
 * @param {Element} element
 * @param {() => void} act
 * @param {AbortSignal} signal
 */
export function whenNear(element, act, signal) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      act();
    },
    { rootMargin: "100% 0px" },
  );
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
