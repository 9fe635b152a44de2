# syntax=docker/dockerfile:1
# The portal as an image of its own, with PostgreSQL's client programs for backup and restore: they must be of the server's
# version or newer. The server is not in it; compose.yaml brings it.
ARG BUILD_IMAGE=rust:1.95-slim-trixie
ARG RUNTIME_IMAGE=debian:trixie-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /portal
ENV SQLX_OFFLINE=true
COPY . .
# The caches outlive the layer: a changed source file does not compile the dependencies again.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/portal/target \
    cargo build --release --locked --bin portal \
    && cp target/release/portal /usr/local/bin/portal

FROM ${RUNTIME_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/portal --create-home --shell /usr/sbin/nologin portal
COPY --from=build /usr/local/bin/portal /usr/local/bin/portal
COPY operation/ /usr/local/lib/portal/operation/
USER 10001
WORKDIR /var/lib/portal
ENV PORTAL_LISTEN=0.0.0.0:8080 \
    PORTAL_DATA_DIR=/var/lib/portal \
    PORTAL_LOG_FORMAT=json
VOLUME /var/lib/portal
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["curl", "--fail", "--silent", "--show-error", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["portal"]
CMD ["serve"]
