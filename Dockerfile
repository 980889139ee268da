# Builds with the classic builder and with BuildKit alike.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# better-sqlite3 comes prebuilt; where that cannot be downloaded it is compiled.
RUN npm ci --no-audit --no-fund \
  || (apt-get update && apt-get install -y --no-install-recommends python3 make g++ && npm ci --no-audit --no-fund)
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
# What the build renders for /docs.
COPY *.md LICENSE ./
COPY docs ./docs
COPY examples/README.md ./examples/README.md
RUN npm run build && npm prune --omit=dev --no-audit --no-fund
RUN mkdir /data

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    CAISSON_LISTEN=0.0.0.0:8080 \
    CAISSON_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The page of CAISSON_EXAMPLES=on.
COPY examples/terminal ./examples/terminal
# The journal, the keys and the first password: the only place that the gateway writes to.
COPY --from=build --chown=10001:10001 /data /data
VOLUME /data
USER 10001:10001
EXPOSE 8080
# `unix:` and HTTPS listeners need a check of their own: docker run --health-cmd.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.CAISSON_LISTEN.split(':').pop() + '/healthz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server.js"]
