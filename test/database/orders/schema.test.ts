import { describeSchemaFile } from '#test/support/database/schema-file.ts';

describeSchemaFile('orders');
