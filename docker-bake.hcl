# The same builds as build-services.sh, side by side: docker buildx bake [SERVICE]...

variable "VERSION" {
  default = "0.3.0"
}

variable "REVISION" {
  default = ""
}

group "default" {
  targets = ["drawio-converter", "notebook-processor", "plantuml-converter"]
}

target "service" {
  context = "."
  args = {
    VERSION  = VERSION
    REVISION = REVISION
  }
}

target "drawio-converter" {
  inherits   = ["service"]
  dockerfile = "docker/drawio/Dockerfile"
  tags       = ["clm-drawio-converter", "clm-drawio-converter:${VERSION}"]
}

target "notebook-processor" {
  inherits   = ["service"]
  dockerfile = "docker/notebook/Dockerfile"
  tags       = ["clm-notebook-processor", "clm-notebook-processor:${VERSION}"]
}

target "plantuml-converter" {
  inherits   = ["service"]
  dockerfile = "docker/plantuml/Dockerfile"
  tags       = ["clm-plantuml-converter", "clm-plantuml-converter:${VERSION}"]
}
