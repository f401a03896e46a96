// Writes deploy/grafana/dashboards/*.json: node tools/grafana/write-dashboards.ts
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { DASHBOARDS } from './dashboard-files.ts';

for (const [file, content] of DASHBOARDS)
  writeFileSync(path.join(CHECKOUT, 'deploy/grafana/dashboards', file), content);
