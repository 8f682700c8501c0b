# What the registry ships: three programs of the base image, and nothing to build them with.
ARG PYTHON_IMAGE
FROM ${PYTHON_IMAGE} AS base
RUN for program in sleep cat timeout; do \
      for file in $(command -v "$program") $(ldd "$(command -v "$program")" | grep -o '/[^ ]*'); do \
        mkdir -p "/out$(dirname "$file")" && cp "$file" "/out$file"; \
      done; \
    done
FROM scratch
ARG VERSION
COPY --from=base /out /
COPY ${VERSION} /version
CMD ["sleep", "infinity"]
