-- What applications sell, and who has it.

CREATE TABLE skus (
    id SNOWFLAKE PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    flags BIGINT NOT NULL
);
CREATE INDEX skus_application ON skus (application_id);

CREATE TABLE subscriptions (
    id SNOWFLAKE PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    sku_id BIGINT NOT NULL REFERENCES skus (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    entitlement_id BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- 0 active, 1 inactive, 2 ending.
    status BIGINT NOT NULL,
    canceled_at BIGINT
);
CREATE INDEX subscriptions_sku ON subscriptions (sku_id, user_id);

CREATE TABLE entitlements (
    id SNOWFLAKE PRIMARY KEY,
    sku_id BIGINT NOT NULL REFERENCES skus (id) ON DELETE CASCADE,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- Whose it is; of a guild's, who got it for the guild.
    user_id BIGINT NOT NULL,
    guild_id BIGINT,
    kind BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    consumed BIGINT NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT
);
CREATE INDEX entitlements_application ON entitlements (application_id, user_id);
CREATE INDEX entitlements_guild ON entitlements (application_id, guild_id);
