-- What somebody has of all applications, and what all have of one.

CREATE INDEX entitlements_user ON entitlements (user_id, id);
CREATE INDEX subscriptions_application ON subscriptions (application_id, id);
CREATE INDEX subscriptions_user ON subscriptions (user_id, entitlement_id);
