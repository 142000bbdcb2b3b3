//! Whether requests can be put one after the other: all serial orders are tried.
