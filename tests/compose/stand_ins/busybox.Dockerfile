# Stands for quay.io/prometheus/busybox, the base of Prometheus and Alertmanager.
ARG DEBIAN
FROM ${DEBIAN} AS tools
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends busybox-static
RUN mkdir -p /root-of-image/bin /root-of-image/etc /root-of-image/tmp \
    && cp /bin/busybox /root-of-image/bin/busybox \
    && for tool in $(/bin/busybox --list); do ln -s busybox "/root-of-image/bin/$tool" 2>/dev/null || true; done \
    && printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' > /root-of-image/etc/passwd \
    && printf 'root:x:0:\nnobody:x:65534:\n' > /root-of-image/etc/group \
    && chmod 1777 /root-of-image/tmp

FROM scratch
COPY --from=tools /root-of-image /
CMD ["sh"]
