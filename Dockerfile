# One image for every role: the command says which (start, server, worker, doctor, …).
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without install scripts nothing from the registry runs at build time. The bundled ffmpeg's script would only have made
# it executable, so that is done here.
RUN npm ci --ignore-scripts && chmod +x node_modules/@ffmpeg-installer/*/ffmpeg
COPY tsconfig.json .tsconfig.build.json ./
COPY src src
COPY workers workers
COPY fixtures fixtures
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
# ffmpeg: newer and faster than the bundled one. util-linux: setpriv and prlimit, with which ffmpeg is started.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg util-linux \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/fixtures/room fixtures/room
COPY LICENSE ./
RUN mkdir /data && chown node:node /data
ENV NODE_ENV=production AFTERSHOW_DATA_DIR=/data AFTERSHOW_HOST=0.0.0.0
VOLUME /data
EXPOSE 4400
USER node
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.AFTERSHOW_PORT ?? 4400}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["start"]
