// What the page takes from its libraries, and nothing else of them.
export { h, render, Fragment, createRef, createContext, options } from "preact";
export {
  useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "preact/hooks";
export { html } from "htm/preact";
export { ticks } from "d3-array";
