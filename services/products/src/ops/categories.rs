//! Categories: added and changed by who may change products, for they make prices.

use metier_bus::NewEvent;
use metier_contract_products::{
    CategoryId,
    event::{CATEGORY_CREATED, CATEGORY_DELETED, CATEGORY_UPDATED, CategoryEvent, TOPIC_CATEGORY},
    permission::{PRODUCTS_DELETE, PRODUCTS_READ, PRODUCTS_UPDATE},
};
use metier_core::{Ctx, Fault, Page, PageRequest};
use metier_db::{DbError, KeyedRequest, Tx, is_unique_violation, made_before, remember_making};

use super::Products;
use crate::{
    domain::{category::Category, decimal::Decimal},
    error::Error,
    store::{categories, products},
};

impl Products {
    /// The categories of the workspace by name.
    ///
    /// # Errors
    /// When the caller may not see them.
    pub async fn list_categories(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<Category>, Error> {
        ctx.require(PRODUCTS_READ)?;
        let after: String = page.after.as_ref().map(|cursor| cursor.key()).transpose()?.unwrap_or_default();
        let rows = categories::list(self.database.reader(), ctx.workspace, (&after, page.limit)).await?;
        Ok(Page::from_rows(rows, page.limit, |category| category.name.clone()))
    }

    /// A category.
    ///
    /// # Errors
    /// [`Error::CategoryNotFound`].
    pub async fn get_category(&self, ctx: &Ctx, id: CategoryId) -> Result<Category, Error> {
        ctx.require(PRODUCTS_READ)?;
        let found = categories::find(self.database.reader(), ctx.workspace, id).await?;
        found.ok_or(Error::CategoryNotFound(id))
    }

    /// Adds a category.
    ///
    /// # Errors
    /// [`Error::CategoryExists`], and what is wrong with the input.
    pub async fn create_category(
        &self,
        ctx: &Ctx,
        (name, surcharge_percent): (&str, &Decimal),
        request: Option<KeyedRequest>,
    ) -> Result<Category, Error> {
        ctx.require(PRODUCTS_UPDATE)?;
        if let Some(made) = made_before(self.database.reader(), ctx, request.as_ref()).await? {
            return Ok(made);
        }
        let (name, surcharge) = Category::check(name, surcharge_percent)?;
        let now = self.clock.now();
        let (id, workspace) = (self.random.id(now), ctx.workspace);
        let category =
            Category { id, workspace, name, surcharge, version: 1, created_at: now, updated_at: now };
        match self.insert_category(ctx, category, request.clone()).await {
            Err(Error::Database(repeated @ DbError::Repeated)) => {
                Ok(made_before(self.database.reader(), ctx, request.as_ref()).await?.ok_or(repeated)?)
            }
            made => made,
        }
    }

    async fn insert_category(
        &self,
        ctx: &Ctx,
        category: Category,
        request: Option<KeyedRequest>,
    ) -> Result<Category, Error> {
        let (this, ctx) = (self.clone(), ctx.clone());
        let inserted = self.database.write(move |tx| {
            Box::pin(async move {
                remember_making(tx, &ctx, (request.as_ref(), &category), this.clock.now()).await?;
                categories::insert(tx, &category).await.map_err(|error| {
                    match is_unique_violation(&error) {
                        true => Error::CategoryExists(category.name.clone()),
                        false => error.into(),
                    }
                })?;
                let event = about(CATEGORY_CREATED, &category);
                this.record(tx, &ctx, event, (None::<&Category>, Some(&category))).await?;
                Ok(category)
            })
        });
        inserted.await
    }

    /// Changes what a category adds to prices made from now on.
    ///
    /// # Errors
    /// [`Error::CategoryNotFound`], `stale_version`, and what is wrong with the input.
    pub async fn update_category(
        &self,
        ctx: &Ctx,
        id: CategoryId,
        (surcharge_percent, seen): (Decimal, Option<i64>),
    ) -> Result<Category, Error> {
        ctx.require(PRODUCTS_UPDATE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let updated = self.database.write(move |tx| {
            Box::pin(async move {
                let before = seen_category(tx, &ctx, id, seen).await?;
                let after = before.with_surcharge(&surcharge_percent, this.clock.now())?;
                if !categories::update(tx, &after).await? {
                    return Err(Fault::stale_version().into());
                }
                this.record(tx, &ctx, about(CATEGORY_UPDATED, &after), (Some(&before), Some(&after))).await?;
                Ok(after)
            })
        });
        updated.await
    }

    /// Deletes a category that no product names.
    ///
    /// # Errors
    /// [`Error::CategoryInUse`], [`Error::CategoryNotFound`], `stale_version`.
    pub async fn delete_category(&self, ctx: &Ctx, id: CategoryId, seen: Option<i64>) -> Result<(), Error> {
        ctx.require(PRODUCTS_DELETE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                let before = seen_category(tx, &ctx, id, seen).await?;
                if products::is_category_used(tx, ctx.workspace, &before.name).await? {
                    return Err(Error::CategoryInUse(before.name));
                }
                if !categories::delete(tx, &before).await? {
                    return Err(Fault::stale_version().into());
                }
                let event = about(CATEGORY_DELETED, &before);
                this.record(tx, &ctx, event, (Some(&before), None::<&Category>)).await
            })
        });
        deleted.await
    }
}

/// The category, when the caller has seen its present version.
async fn seen_category(tx: &Tx, ctx: &Ctx, id: CategoryId, seen: Option<i64>) -> Result<Category, Error> {
    let found = categories::find(tx, ctx.workspace, id).await?;
    let category = found.ok_or(Error::CategoryNotFound(id))?;
    if seen.is_some_and(|version| version != category.version) {
        return Err(Fault::stale_version().into());
    }
    Ok(category)
}

fn about(kind: &'static str, category: &Category) -> NewEvent {
    let data = CategoryEvent { category_id: category.id, name: category.name.clone() };
    NewEvent::new(TOPIC_CATEGORY, kind, category.id, data)
}
