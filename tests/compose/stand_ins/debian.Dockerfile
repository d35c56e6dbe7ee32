# debian.tar is what mmdebstrap makes of trixie. The machine's certificates let what is built here
# reach package registries through whatever stands in between; they never get into an image of ours.
FROM scratch
ADD debian.tar /
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
