# Stands for prom/prometheus: busybox, the two programs, nobody.
ARG BUSYBOX
FROM ${BUSYBOX}
COPY prometheus promtool /bin/
RUN mkdir -p /etc/prometheus /prometheus && chown -R nobody:nobody /etc/prometheus /prometheus
USER nobody
EXPOSE 9090
VOLUME ["/prometheus"]
WORKDIR /prometheus
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
