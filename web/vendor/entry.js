// What the page takes from its libraries, and nothing else of them.
export { h, render, Fragment, createRef, createContext } from "preact";
export {
  useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "preact/hooks";
export { html } from "htm/preact";
export { scaleLinear, scaleUtc } from "d3-scale";
export { select } from "d3-selection";
export { zoom, zoomIdentity, zoomTransform } from "d3-zoom";
