# Stands for grafana/promtail: a distribution with bash, without curl and wget, and root.
ARG DEBIAN
FROM ${DEBIAN}
COPY promtail /usr/bin/promtail
ENTRYPOINT ["/usr/bin/promtail"]
CMD ["-config.file=/etc/promtail/config.yml"]
