ARG POSTGRES_IMAGE
FROM ${POSTGRES_IMAGE}
HEALTHCHECK --interval=1s --timeout=20s --retries=30 CMD ["pg_isready", "--quiet", "--host=127.0.0.1"]
