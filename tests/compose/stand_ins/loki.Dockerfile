# Stands for grafana/loki: one program and its folders, no shell, no client.
ARG DEBIAN
FROM ${DEBIAN} AS folders
RUN mkdir -p /root-of-image/etc/loki /root-of-image/loki/rules /root-of-image/loki/rules-temp /root-of-image/tmp \
    && printf 'root:x:0:0:root:/root:/sbin/nologin\nloki:x:10001:10001:loki:/home/loki:/sbin/nologin\n' > /root-of-image/etc/passwd \
    && chown -R 10001:10001 /root-of-image/etc/loki /root-of-image/loki \
    && chmod 1777 /root-of-image/tmp

FROM scratch
COPY --from=folders /root-of-image /
COPY loki /usr/bin/loki
USER 10001
EXPOSE 3100
ENTRYPOINT ["/usr/bin/loki"]
CMD ["-config.file=/etc/loki/local-config.yaml"]
