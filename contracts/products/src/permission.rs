//! The rights that operations of the products service ask for.

use metier_core::Permission;

/// See products and categories.
pub const PRODUCTS_READ: Permission = Permission::new("products", "read");
/// Add products.
pub const PRODUCTS_CREATE: Permission = Permission::new("products", "create");
/// Change products; add and change categories, for they make prices.
pub const PRODUCTS_UPDATE: Permission = Permission::new("products", "update");
/// Delete products and categories.
pub const PRODUCTS_DELETE: Permission = Permission::new("products", "delete");
