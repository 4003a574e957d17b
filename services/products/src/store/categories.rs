//! Categories.

use metier_contract_products::CategoryId;
use metier_core::{Id, Timestamp, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, IntoActiveModel, QueryOrder, QuerySelect, entity::prelude::*},
};

use crate::domain::category::Category;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    workspace: Uuid,
    name: String,
    surcharge: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Category {
    fn from(row: Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            workspace: Id::from_uuid(row.workspace),
            name: row.name,
            surcharge: row.surcharge,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        }
    }
}

fn row(category: &Category) -> ActiveModel {
    let row = Model {
        id: category.id.uuid(),
        workspace: category.workspace.uuid(),
        name: category.name.clone(),
        surcharge: category.surcharge,
        version: category.version,
        created_at: category.created_at.micros(),
        updated_at: category.updated_at.micros(),
    };
    row.into_active_model().reset_all()
}

/// A category by id.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn find(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    id: CategoryId,
) -> Result<Option<Category>, DbErr> {
    let query = Entity::find_by_id(id.uuid()).filter(Column::Workspace.eq(workspace.uuid()));
    Ok(query.one(connection).await?.map(Category::from))
}

/// A category by name.
pub async fn find_by_name(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Category>, DbErr> {
    let query = Entity::find().filter(Column::Workspace.eq(workspace.uuid())).filter(Column::Name.eq(name));
    Ok(query.one(connection).await?.map(Category::from))
}

/// A page of categories by name, one row more than `limit` where there is one.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (after, limit): (&str, u32),
) -> Result<Vec<Category>, DbErr> {
    let query = Entity::find().filter(Column::Workspace.eq(workspace.uuid())).filter(Column::Name.gt(after));
    let rows = query.order_by_asc(Column::Name).limit(u64::from(limit) + 1).all(connection).await?;
    Ok(rows.into_iter().map(Category::from).collect())
}

/// Adds a category.
///
/// # Errors
/// A unique violation when the workspace has one of that name.
pub async fn insert(tx: &Tx, category: &Category) -> Result<(), DbErr> {
    Entity::insert(row(category)).exec_without_returning(tx).await.map(drop)
}

/// Replaces a category whose version is still one less than `category.version`. `false` when it is not.
pub async fn update(tx: &Tx, category: &Category) -> Result<bool, DbErr> {
    let update = Entity::update_many().set(row(category)).filter(Column::Id.eq(category.id.uuid()));
    let updated = update.filter(Column::Version.eq(category.version - 1)).exec(tx).await?;
    Ok(updated.rows_affected == 1)
}

/// Deletes a category that still has this version. `false` when it has not.
pub async fn delete(tx: &Tx, category: &Category) -> Result<bool, DbErr> {
    let delete = Entity::delete_many().filter(Column::Id.eq(category.id.uuid()));
    let deleted = delete.filter(Column::Version.eq(category.version)).exec(tx).await?;
    Ok(deleted.rows_affected == 1)
}
