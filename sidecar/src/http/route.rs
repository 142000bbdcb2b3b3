//! A handler with its path and its methods, which it names itself by `utoipa::path`.
//!
//! What utoipa knows of them beyond that is the document of the API. A test alone makes it and holds it against
//! docs/openapi.json; the program has that file. So it takes 13.4 MB and not 14.4, and starts with 0.7 MB less.

use axum::Router;
use axum::routing::MethodRouter;

use super::AppState;

/// Made by [`route!`].
pub(super) struct Route {
    pub(super) path: String,
    pub(super) handler: MethodRouter<AppState>,
    #[cfg(test)]
    pub(super) documented: utoipa_axum::router::UtoipaMethodRouter<AppState>,
}

/// The handler of this name in a module.
macro_rules! route {
    ($($module:ident)::+ => $handler:ident) => {
        utoipa_axum::paste! {{
            use utoipa_axum::PathItemExt as _;
            type Named = $($module)::+::[<__path_ $handler>];
            let methods = <Named as utoipa::Path>::methods();
            let handler = methods.iter().fold(axum::routing::MethodRouter::new(), |routes, method| {
                routes.on(method.to_method_filter(), $($module)::+::$handler)
            });
            $crate::http::route::Route {
                path: <Named as utoipa::Path>::path(),
                handler,
                #[cfg(test)]
                documented: utoipa_axum::routes!($($module)::+::$handler),
            }
        }}
    };
}
pub(super) use route;

/// What answers at these routes.
pub(super) fn serve(routes: Vec<Route>) -> Router<AppState> {
    routes.into_iter().fold(Router::new(), |router, route| router.route(&route.path, route.handler))
}
