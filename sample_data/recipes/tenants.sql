-- A role and a schema for each tenant: no role can read another one's rows. Give each a password of its own.
CREATE ROLE north LOGIN PASSWORD 'change me';
CREATE SCHEMA north AUTHORIZATION north;
CREATE ROLE south LOGIN PASSWORD 'change me, too';
CREATE SCHEMA south AUTHORIZATION south;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
