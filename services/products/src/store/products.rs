//! Products.

use metier_contract_products::ProductId;
use metier_core::{Cursor, Fault, Id, PageRequest, Timestamp, WorkspaceId};
use metier_db::{
    DbError, Tx,
    sea_orm::{
        self, IntoActiveModel, Order, QueryOrder, QuerySelect, Value, entity::prelude::*,
        sea_query::IntoColumnRef,
    },
};
use serde::{Deserialize, Serialize};

use super::{Place, behind};
use crate::domain::product::{Content, Product};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    workspace: Uuid,
    owner: Option<Uuid>,
    name: String,
    category: String,
    base_price: i64,
    surcharge: i64,
    price: i64,
    currency: String,
    stock: i64,
    rating: i64,
    description: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Product {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let content = Content {
            name: row.name,
            category: row.category,
            base_price: row.base_price,
            currency: row
                .currency
                .parse()
                .map_err(|_| DbErr::Custom("a stored currency is damaged".to_owned()))?,
            stock: row.stock,
            rating: row.rating,
            description: row.description,
        };
        Ok(Self {
            id: Id::from_uuid(row.id),
            workspace: Id::from_uuid(row.workspace),
            owner: row.owner.map(Id::from_uuid),
            content,
            surcharge: row.surcharge,
            price: row.price,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

fn row(product: &Product) -> ActiveModel {
    let content = product.content.clone();
    let row = Model {
        id: product.id.uuid(),
        workspace: product.workspace.uuid(),
        owner: product.owner.map(Id::uuid),
        name: content.name,
        category: content.category,
        base_price: content.base_price,
        surcharge: product.surcharge,
        price: product.price,
        currency: content.currency.into(),
        stock: content.stock,
        rating: content.rating,
        description: content.description,
        version: product.version,
        created_at: product.created_at.micros(),
        updated_at: product.updated_at.micros(),
    };
    row.into_active_model().reset_all()
}

/// Which products are wanted, and in which order.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of these categories; of any when empty.
    pub categories: Vec<String>,
    /// With these names; with any when empty.
    pub names: Vec<String>,
    /// Whether there must be some left, or none.
    pub in_stock: Option<bool>,
    /// By what.
    pub order: ProductOrder,
    /// Greatest first.
    pub descending: bool,
}

/// What products can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductOrder {
    /// By name.
    Name,
    /// By price, surcharge included.
    Price,
    /// By when they were added.
    CreatedAt,
}

impl ProductOrder {
    const fn column(self) -> Column {
        match self {
            Self::Name => Column::Name,
            Self::Price => Column::Price,
            Self::CreatedAt => Column::CreatedAt,
        }
    }

    /// Where a product stands in this order.
    pub fn place(self, product: &Product) -> impl Serialize + use<> {
        let key = match self {
            Self::Name => Key::Name(product.content.name.clone()),
            Self::Price => Key::Price(product.price),
            Self::CreatedAt => Key::CreatedAt(product.created_at.micros()),
        };
        ProductPlace(key, product.id.uuid())
    }

    /// A cursor of a list in another order is refused.
    fn read(self, cursor: &Cursor) -> Result<ProductPlace, Fault> {
        let place: ProductPlace = cursor.key()?;
        let order = match place.0 {
            Key::Name(_) => Self::Name,
            Key::Price(_) => Self::Price,
            Key::CreatedAt(_) => Self::CreatedAt,
        };
        if order == self { Ok(place) } else { Err(Fault::invalid("after", "is a cursor of another order")) }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Key {
    Name(String),
    Price(i64),
    CreatedAt(i64),
}

#[derive(Serialize, Deserialize)]
struct ProductPlace(Key, Uuid);

impl Place for ProductPlace {
    fn values(self) -> [Value; 2] {
        let key = match self.0 {
            Key::Name(name) => name.into(),
            Key::Price(number) | Key::CreatedAt(number) => number.into(),
        };
        [key, self.1.into()]
    }
}

/// A product by id.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn find(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    id: ProductId,
) -> Result<Option<Product>, DbErr> {
    let query = Entity::find_by_id(id.uuid()).filter(Column::Workspace.eq(workspace.uuid()));
    query.one(connection).await?.map(Product::try_from).transpose()
}

/// The product of that name in that category.
pub async fn find_named(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (category, name): (&str, &str),
) -> Result<Option<Product>, DbErr> {
    let query = Entity::find().filter(Column::Workspace.eq(workspace.uuid()));
    let query = query.filter(Column::Category.eq(category)).filter(Column::Name.eq(name));
    query.one(connection).await?.map(Product::try_from).transpose()
}

/// Whether a product names the category.
pub async fn is_category_used(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    category: &str,
) -> Result<bool, DbErr> {
    let query = Entity::find().filter(Column::Workspace.eq(workspace.uuid()));
    Ok(query.filter(Column::Category.eq(category)).one(connection).await?.is_some())
}

/// A page of products, one row more than its limit where there is one.
///
/// # Errors
/// `invalid_parameters` when the cursor is none of this list.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    wanted: &Wanted,
    page: &PageRequest,
) -> Result<Vec<Product>, Fault> {
    let mut query = Entity::find().filter(Column::Workspace.eq(workspace.uuid()));
    if !wanted.categories.is_empty() {
        query = query.filter(Column::Category.is_in(&wanted.categories));
    }
    if !wanted.names.is_empty() {
        query = query.filter(Column::Name.is_in(&wanted.names));
    }
    if let Some(in_stock) = wanted.in_stock {
        query = query.filter(if in_stock { Column::Stock.gt(0) } else { Column::Stock.eq(0) });
    }
    let column = wanted.order.column();
    if let Some(cursor) = &page.after {
        let columns = [column, Column::Id].map(|column| column.into_column_ref().into());
        query = query.filter(behind(columns, wanted.order.read(cursor)?, wanted.descending));
    }
    let order = if wanted.descending { Order::Desc } else { Order::Asc };
    let query = query.order_by(column, order.clone()).order_by(Column::Id, order);
    let rows = query.limit(u64::from(page.limit) + 1).all(connection).await.map_err(DbError::from)?;
    Ok(rows.into_iter().map(Product::try_from).collect::<Result<_, _>>().map_err(DbError::from)?)
}

/// Adds a product.
///
/// # Errors
/// A unique violation when the category has one of that name.
pub async fn insert(tx: &Tx, product: &Product) -> Result<(), DbErr> {
    Entity::insert(row(product)).exec_without_returning(tx).await.map(drop)
}

/// Replaces a product whose version is still one less than `product.version`. `false` when it is not.
///
/// # Errors
/// A unique violation when the category has another one of that name.
pub async fn update(tx: &Tx, product: &Product) -> Result<bool, DbErr> {
    let update = Entity::update_many().set(row(product)).filter(Column::Id.eq(product.id.uuid()));
    let updated = update.filter(Column::Version.eq(product.version - 1)).exec(tx).await?;
    Ok(updated.rows_affected == 1)
}

/// Deletes a product that still has this version. `false` when it has not.
pub async fn delete(tx: &Tx, product: &Product) -> Result<bool, DbErr> {
    let delete = Entity::delete_many().filter(Column::Id.eq(product.id.uuid()));
    let deleted = delete.filter(Column::Version.eq(product.version)).exec(tx).await?;
    Ok(deleted.rows_affected == 1)
}
