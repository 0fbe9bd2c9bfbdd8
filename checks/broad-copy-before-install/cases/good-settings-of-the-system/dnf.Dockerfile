FROM fedora:41
COPY repos/ /etc/yum.repos.d/
RUN dnf install -y vendor-tool
