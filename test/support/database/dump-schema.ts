import pg from 'pg';
/**
 * One statement for each object of the schema `public`, in an order in which they can be executed. Within a kind they
 * come in the order of their creation. kysely's own tables are left out.
 */
const STATEMENTS = `
  with relations as (
    select oid, relname, relkind, reloptions, relacl from pg_class
    where relnamespace = 'public'::regnamespace and relname not like 'kysely_%'
  ),
  functions as (
    select oid, proacl, format('%s(%s)', proname, pg_get_function_identity_arguments(oid)) as signature
    from pg_proc where pronamespace = 'public'::regnamespace
  ),
  -- Those whose rows are a function's arguments or result.
  views_of_functions as (
    select typrelid from pg_depend join pg_type on (refclassid, refobjid) = ('pg_type'::regclass, pg_type.oid)
    where classid = 'pg_proc'::regclass
  ),
  table_lines as (
    select attrelid as oid, 0 as part, attnum as place, '' as name,
      concat_ws(' ', attname, format_type(atttypid, atttypmod),
        case when attidentity = 'a' then 'GENERATED ALWAYS AS IDENTITY' when attnotnull then 'NOT NULL' end,
        'DEFAULT ' || pg_get_expr(adbin, adrelid)) as line
    from pg_attribute left join pg_attrdef on (adrelid, adnum) = (attrelid, attnum)
    where attnum > 0 and not attisdropped
    union all
    select conrelid, 1, strpos('puxcf', contype::text), conname,
      format('CONSTRAINT %s %s', conname, pg_get_constraintdef(oid, true))
    from pg_constraint where contype <> 'n'
  ),
  statements as (
    select 1 as section, oid, 0 as place, '' as name,
      format(E'CREATE TABLE %s (\\n  %s\\n)%s', relname,
        (select string_agg(line, E',\\n  ' order by part, place, name) from table_lines
         where table_lines.oid = relations.oid),
        ' WITH (' || array_to_string(reloptions, ', ') || ')') as statement
    from relations where relkind = 'r'
    union all
    select 1, indrelid, 1, indexrelid::regclass::text, pg_get_indexdef(indexrelid, 0, true)
    from pg_index join relations on relations.oid = indrelid
    where not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    union all
    select 2, relations.oid, 0, '',
      format('CREATE SEQUENCE %s OWNED BY %s.%s', relname, refobjid::regclass, attname)
    from relations join pg_depend on objid = relations.oid and deptype = 'a' and refobjsubid > 0
      join pg_attribute on (attrelid, attnum) = (refobjid, refobjsubid)
    where relkind = 'S'
    union all
    select 3, oid, 0, '', rtrim(pg_get_functiondef(oid), E'\\n') from functions
    union all
    select case when oid in (select * from views_of_functions) then 2 else 4 end, oid, 0, '',
      format(E'CREATE VIEW %s AS\\n%s', relname, rtrim(pg_get_viewdef(oid, true), ';'))
    from relations where relkind = 'v'
    union all
    select 5, oid, 0, '', pg_get_triggerdef(oid, true) from pg_trigger where not tgisinternal
    union all
    select 6, oid, 0, '', format('REVOKE EXECUTE ON FUNCTION %s FROM public', signature)
    from functions where not exists (
      select from aclexplode(coalesce(proacl, acldefault('f', 0))) as granted where granted.grantee = 0
    )
    union all
    select 7, functions.oid, 0, grantee::regrole::text,
      format('GRANT %s ON FUNCTION %s TO %s', privilege_type, signature, grantee::regrole)
    from functions, aclexplode(proacl) where grantee <> 0 and grantee <> current_role::regrole
    union all
    select case relkind when 'S' then 9 else 8 end, relations.oid, 0, privilege_type || grantee,
      format('GRANT %s ON %s TO %s', privilege_type, relname, grantee::regrole)
    from relations, aclexplode(relacl) where grantee <> current_role::regrole
    union all
    select 8, relations.oid, 1, privilege_type || grantee,
      format('GRANT %s (%s) ON %s TO %s', privilege_type, string_agg(attname, ', ' order by attnum), relname,
        grantee::regrole)
    from relations join pg_attribute on attrelid = relations.oid, aclexplode(attacl)
    group by relations.oid, relname, privilege_type, grantee
  )
  select statement from statements order by section, oid, place, name`;

/** The schema of a database as SQL that makes it again. @param url as the role that owns it */
export async function dumpSchema(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ statement: string }>(STATEMENTS);
    return rows.map(({ statement }) => `${statement};\n`).join('\n');
  } finally {
    await client.end();
  }
}
