//! The tables of the products service, the same code for SQLite and PostgreSQL.

pub mod categories;
pub mod products;

use metier_db::sea_orm::{
    ExprTrait, Value,
    sea_query::{Expr, SimpleExpr},
};
use serde::{Serialize, de::DeserializeOwned};

/// Where a page ends: the row's value of the sorted column, and its id to tell equal ones apart.
pub(crate) trait Place: Serialize + DeserializeOwned {
    /// The two, as database values.
    fn values(self) -> [Value; 2];
}

/// The rows behind `place` in the order of `columns`.
fn behind(columns: [SimpleExpr; 2], place: impl Place, descending: bool) -> SimpleExpr {
    let (columns, place) = (Expr::tuple(columns), Expr::tuple(place.values().map(Expr::value)));
    if descending { columns.lt(place) } else { columns.gt(place) }
}
