# Stands for python:3.13-slim, which has python3 with venv and no compiler.
ARG DEBIAN
FROM ${DEBIAN}
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
# uv has certificates of its own and must be told to use the machine's.
ENV UV_SYSTEM_CERTS=true
