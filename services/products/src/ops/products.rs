//! Products: shared by the workspace, owned by who added them.

use metier_bus::NewEvent;
use metier_contract_products::{
    ProductId,
    event::{PRODUCT_CREATED, PRODUCT_DELETED, PRODUCT_UPDATED, ProductEvent, TOPIC_PRODUCT},
    permission::{PRODUCTS_CREATE, PRODUCTS_DELETE, PRODUCTS_READ, PRODUCTS_UPDATE},
};
use metier_core::{Ctx, Fault, Page, PageRequest, WorkspaceId};
use metier_db::{
    DbError, KeyedRequest, Tx, is_unique_violation, made_before, remember_making, sea_orm::DbErr,
};

use super::Products;
use crate::{
    domain::product::{Content, NewProduct, Product, ProductChange},
    error::Error,
    store::{
        categories,
        products::{self, Wanted},
    },
};

impl Products {
    /// The products of the workspace.
    ///
    /// # Errors
    /// When the caller may not see them, or the cursor is none of this list.
    pub async fn list_products(
        &self,
        ctx: &Ctx,
        wanted: &Wanted,
        page: &PageRequest,
    ) -> Result<Page<Product>, Error> {
        ctx.require(PRODUCTS_READ)?;
        let rows = products::list(self.database.reader(), ctx.workspace, wanted, page).await?;
        Ok(Page::from_rows(rows, page.limit, |product| wanted.order.place(product)))
    }

    /// A product.
    ///
    /// # Errors
    /// [`Error::ProductNotFound`].
    pub async fn get_product(&self, ctx: &Ctx, id: ProductId) -> Result<Product, Error> {
        ctx.require(PRODUCTS_READ)?;
        let found = products::find(self.database.reader(), ctx.workspace, id).await?;
        found.ok_or(Error::ProductNotFound(id))
    }

    /// Adds a product.
    ///
    /// # Errors
    /// [`Error::ProductExists`], and what is wrong with the input.
    pub async fn create_product(
        &self,
        ctx: &Ctx,
        new: &NewProduct,
        request: Option<KeyedRequest>,
    ) -> Result<Product, Error> {
        ctx.require(PRODUCTS_CREATE)?;
        self.create(ctx, Content::read(new, &self.currency)?, request).await
    }

    /// Sees to it that there is such a product. Answers whether it had to be added.
    ///
    /// # Errors
    /// [`Error::ProductExists`] when there is another one under its name and category, which is left as it
    /// is; and what is wrong with the input.
    pub async fn ensure_product(
        &self,
        ctx: &Ctx,
        new: &NewProduct,
        request: Option<KeyedRequest>,
    ) -> Result<(Product, bool), Error> {
        ctx.require(PRODUCTS_CREATE)?;
        let content = Content::read(new, &self.currency)?;
        let exists = match self.create(ctx, content.clone(), request).await {
            Ok(product) => return Ok((product, true)),
            Err(exists @ Error::ProductExists { .. }) => exists,
            Err(error) => return Err(error),
        };
        let key = (content.category.as_str(), content.name.as_str());
        let found = products::find_named(self.database.reader(), ctx.workspace, key).await?;
        let same = found.filter(|product| product.content == content);
        same.map(|product| (product, false)).ok_or(exists)
    }

    async fn create(
        &self,
        ctx: &Ctx,
        content: Content,
        request: Option<KeyedRequest>,
    ) -> Result<Product, Error> {
        if let Some(made) = made_before(self.database.reader(), ctx, request.as_ref()).await? {
            return Ok(made);
        }
        match self.insert_product(ctx, content, request.clone()).await {
            Err(Error::Database(repeated @ DbError::Repeated)) => {
                Ok(made_before(self.database.reader(), ctx, request.as_ref()).await?.ok_or(repeated)?)
            }
            made => made,
        }
    }

    async fn insert_product(
        &self,
        ctx: &Ctx,
        content: Content,
        request: Option<KeyedRequest>,
    ) -> Result<Product, Error> {
        let (this, ctx) = (self.clone(), ctx.clone());
        let inserted = self.database.write(move |tx| {
            Box::pin(async move {
                let product = this.priced(tx, &ctx, content).await?;
                remember_making(tx, &ctx, (request.as_ref(), &product), this.clock.now()).await?;
                products::insert(tx, &product).await.map_err(|error| taken(error, &product))?;
                let event = about(PRODUCT_CREATED, &product);
                this.record(tx, &ctx, event, (None::<&Product>, Some(&product))).await?;
                Ok(product)
            })
        });
        inserted.await
    }

    /// A new product with the surcharge of its category.
    async fn priced(&self, tx: &Tx, ctx: &Ctx, content: Content) -> Result<Product, Error> {
        let surcharge = surcharge(tx, ctx.workspace, &content).await?;
        let (price, now) = (content.price(surcharge)?, self.clock.now());
        Ok(Product {
            id: self.random.id(now),
            workspace: ctx.workspace,
            owner: ctx.actor.user(),
            content,
            surcharge,
            price,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// Changes a product. Its price is made anew when what it is made of changes.
    ///
    /// # Errors
    /// [`Error::ProductNotFound`], `stale_version`, [`Error::ProductExists`], and what is wrong with the input.
    pub async fn update_product(
        &self,
        ctx: &Ctx,
        id: ProductId,
        (change, seen): (ProductChange, Option<i64>),
    ) -> Result<Product, Error> {
        ctx.require(PRODUCTS_UPDATE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let updated = self.database.write(move |tx| {
            Box::pin(async move {
                let before = seen_product(tx, &ctx, id, seen).await?;
                let content = before.content.changed(&change, &this.currency)?;
                let surcharge = surcharge(tx, ctx.workspace, &content).await?;
                let after = before.with(content, surcharge, this.clock.now())?;
                if !products::update(tx, &after).await.map_err(|error| taken(error, &after))? {
                    return Err(Fault::stale_version().into());
                }
                this.record(tx, &ctx, about(PRODUCT_UPDATED, &after), (Some(&before), Some(&after))).await?;
                Ok(after)
            })
        });
        updated.await
    }

    /// Deletes a product.
    ///
    /// # Errors
    /// [`Error::ProductNotFound`], `stale_version`.
    pub async fn delete_product(&self, ctx: &Ctx, id: ProductId, seen: Option<i64>) -> Result<(), Error> {
        ctx.require(PRODUCTS_DELETE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                let before = seen_product(tx, &ctx, id, seen).await?;
                if !products::delete(tx, &before).await? {
                    return Err(Fault::stale_version().into());
                }
                let event = about(PRODUCT_DELETED, &before);
                this.record(tx, &ctx, event, (Some(&before), None::<&Product>)).await
            })
        });
        deleted.await
    }
}

/// What the category adds; nothing when there is none of that name.
async fn surcharge(tx: &Tx, workspace: WorkspaceId, content: &Content) -> Result<i64, DbErr> {
    let category = categories::find_by_name(tx, workspace, &content.category).await?;
    Ok(category.map_or(0, |category| category.surcharge))
}

/// The product, when the caller has seen its present version.
async fn seen_product(tx: &Tx, ctx: &Ctx, id: ProductId, seen: Option<i64>) -> Result<Product, Error> {
    let product = products::find(tx, ctx.workspace, id).await?.ok_or(Error::ProductNotFound(id))?;
    if seen.is_some_and(|version| version != product.version) {
        return Err(Fault::stale_version().into());
    }
    Ok(product)
}

fn taken(error: DbErr, product: &Product) -> Error {
    if !is_unique_violation(&error) {
        return error.into();
    }
    let Content { name, category, .. } = product.content.clone();
    Error::ProductExists { name, category }
}

fn about(kind: &'static str, product: &Product) -> NewEvent {
    let Content { name, category, .. } = product.content.clone();
    let data = ProductEvent { product_id: product.id, name, category };
    NewEvent::new(TOPIC_PRODUCT, kind, product.id, data).owned_by(product.owner)
}
