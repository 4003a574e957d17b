-- Categories of products. The surcharge is in hundredths of a percent: 525 is 5.25 %.
CREATE TABLE categories (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  name text COLLATE "C" NOT NULL CONSTRAINT categories_name_is_short CHECK (length(name) BETWEEN 1 AND 255),
  surcharge bigint NOT NULL CONSTRAINT categories_surcharge_is_sane CHECK (surcharge BETWEEN 0 AND 100000),
  version bigint NOT NULL CONSTRAINT categories_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CONSTRAINT categories_name_is_unique UNIQUE (workspace, name)
);

-- Products. Prices are in the minor unit of the currency, ratings in hundredths. The category is a name, not a
-- reference: a product may name one that does not exist. The surcharge is the one its price was made with.
CREATE TABLE products (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  owner uuid,
  name text COLLATE "C" NOT NULL CONSTRAINT products_name_is_short CHECK (length(name) BETWEEN 1 AND 255),
  category text COLLATE "C" NOT NULL CONSTRAINT products_category_is_short CHECK (length(category) BETWEEN 1 AND 255),
  base_price bigint NOT NULL CONSTRAINT products_base_price_is_sane CHECK (base_price BETWEEN 0 AND 1000000000000),
  surcharge bigint NOT NULL CONSTRAINT products_surcharge_is_sane CHECK (surcharge BETWEEN 0 AND 100000),
  price bigint NOT NULL CONSTRAINT products_price_covers_base CHECK (price >= base_price),
  currency text NOT NULL CONSTRAINT products_currency_is_code CHECK (length(currency) = 3),
  stock bigint NOT NULL CONSTRAINT products_stock_is_sane CHECK (stock BETWEEN 0 AND 2147483647),
  rating bigint NOT NULL CONSTRAINT products_rating_is_sane CHECK (rating BETWEEN 0 AND 500),
  description text NOT NULL CONSTRAINT products_description_is_short CHECK (length(description) <= 10000),
  version bigint NOT NULL CONSTRAINT products_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CONSTRAINT products_are_unique UNIQUE (workspace, category, name)
);
CREATE INDEX products_by_name ON products (workspace, name, id);
CREATE INDEX products_by_price ON products (workspace, price, id);
CREATE INDEX products_by_age ON products (workspace, created_at, id);

-- What the default workspace starts with.
INSERT INTO categories (id, workspace, name, surcharge, version, created_at, updated_at) VALUES
  ('01900000-0000-7000-8000-000000000001', '00000000-0000-0000-0000-000000000001', 'Electronics', 500, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000002', '00000000-0000-0000-0000-000000000001', 'Apparel', 300, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000003', '00000000-0000-0000-0000-000000000001', 'Home & Kitchen', 400, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000004', '00000000-0000-0000-0000-000000000001', 'Grocery', 200, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000005', '00000000-0000-0000-0000-000000000001', 'Furniture', 600, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000006', '00000000-0000-0000-0000-000000000001', 'Sports & Outdoors', 400, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000007', '00000000-0000-0000-0000-000000000001', 'Health & Beauty', 300, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000008', '00000000-0000-0000-0000-000000000001', 'Office Supplies', 400, 1, 0, 0),
  ('01900000-0000-7000-8000-000000000009', '00000000-0000-0000-0000-000000000001', 'Toys & Games', 300, 1, 0, 0);
