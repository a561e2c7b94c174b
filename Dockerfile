# `berth signage` in a container; docs/guide/docker.md says how to use it.

FROM node:26-slim AS build
WORKDIR /opt/berth
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY apps apps
COPY plugins plugins
COPY bench/package.json bench/package.json
COPY scripts scripts
# No package needs its install script here. The Node.js of the image is used, not the one that npm brings.
RUN npm ci --ignore-scripts && node scripts/build.ts
# What the bundle leaves outside: the renderer, fonts and icons. The packages of Berth are in the bundle.
RUN npm ci --ignore-scripts --omit=dev --workspace @berth/cli && rm -rf node_modules/@berth

# slim, not alpine: the renderer is built for glibc. Not distroless: Node.js 26 needs libatomic, which slim has.
FROM node:26-slim
LABEL org.opencontainers.image.title="Berth signage" \
      org.opencontainers.image.description="Pictures from sources.yaml, drawn by plugins" \
      org.opencontainers.image.licenses="MIT"
COPY LICENSE /opt/berth/LICENSE
COPY --from=build /opt/berth/node_modules /opt/berth/node_modules
COPY --from=build /opt/berth/packages/cli/package.json /opt/berth/packages/cli/package.json
COPY --from=build /opt/berth/packages/cli/bin /opt/berth/packages/cli/bin
COPY --from=build /opt/berth/packages/cli/dist /opt/berth/packages/cli/dist
COPY --from=build /opt/berth/plugins /opt/berth/plugins
COPY --from=build /opt/berth/scripts/container-health /opt/berth/scripts/container-health
# Volumes take their owner from these folders.
RUN mkdir -p /srv/signage/.berth /srv/signage/output \
 && chown -R node:node /srv/signage \
 && ln -s /opt/berth/packages/cli/bin/berth.js /usr/local/bin/berth
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/srv/signage/.berth/compiled
USER node
WORKDIR /srv/signage
VOLUME ["/srv/signage/.berth", "/srv/signage/output"]
# The first lets running work finish, for ten seconds.
STOPSIGNAL SIGTERM
# Whether runs are still made. That one fails is no reason to restart: the breaker and the picture's age deal with that.
HEALTHCHECK --interval=1m --timeout=10s --start-period=5m --retries=3 \
  CMD ["node", "/opt/berth/scripts/container-health/main.ts", "/srv/signage/.berth"]
ENTRYPOINT ["node", "/opt/berth/packages/cli/bin/berth.js"]
CMD ["signage", "run"]
