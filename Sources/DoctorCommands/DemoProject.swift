/// The project of `clm-doctor demo`: a small shop of two images, with mistakes that are common.
enum DemoProject {
    /// A commit: the files that it writes.
    struct Commit {
        let message: String
        let files: [(path: String, text: String)]
    }

    /// Folders, each after the one that holds it.
    static let folders = ["api", "web", "web/src", ".github", ".github/workflows"]

    /// One a day from this time on, a Monday at nine o'clock, in seconds since 1970.
    static let begin = 1_767_603_600

    /// The file whose change is shown.
    static let changed = "web/src/page.js"

    static let commits = [
        Commit(
            message: "The shop's API",
            files: [
                ("README.md", "# Shop\n\nAn API and a page.\n"),
                (".dockerignore", ".git\n**/node_modules\n"),
                (
                    "api/Dockerfile",
                    #"""
                    FROM python:3.13-slim
                    WORKDIR /app
                    COPY . .
                    RUN --mount=type=cache,target=/var/cache/apt \
                        apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev
                    RUN --mount=type=cache,target=/root/.cache/pip \
                        pip install --no-cache-dir -r api/requirements.txt
                    CMD ["python", "-m", "api"]

                    """#
                ),
                ("api/requirements.txt", "flask==3.1.0\npsycopg2==2.9.10\n"),
                ("api/__main__.py", "from flask import Flask\n\nFlask(__name__).run(host=\"0.0.0.0\")\n"),
            ]),
        Commit(
            message: "A page for it",
            files: [
                (
                    "web/Dockerfile",
                    """
                    FROM node:22-slim AS build
                    WORKDIR /app
                    COPY web/package.json web/package-lock.json ./
                    RUN npm ci
                    COPY web/src src
                    RUN npm run build

                    FROM nginx:1.27-alpine
                    COPY --from=build /app/dist /usr/share/nginx/html

                    """
                ),
                (
                    "web/package.json",
                    """
                    {
                      "name": "shop",
                      "scripts": { "build": "vite build" },
                      "devDependencies": { "vite": "6.0.7" }
                    }

                    """
                ),
                (
                    "web/package-lock.json",
                    """
                    {
                      "name": "shop",
                      "lockfileVersion": 3,
                      "requires": true,
                      "packages": { "": { "name": "shop", "devDependencies": { "vite": "6.0.7" } } }
                    }

                    """
                ),
                (changed, "document.title = \"Shop\";\n"),
                (
                    "compose.yaml",
                    """
                    services:
                      api:
                        build:
                          context: .
                          dockerfile: api/Dockerfile
                      web:
                        build:
                          context: .
                          dockerfile: web/Dockerfile

                    """
                ),
            ]),
        Commit(
            message: "Build the page's image for each push",
            files: [
                (
                    ".github/workflows/web.yml",
                    """
                    name: Web
                    on: [push, pull_request]
                    jobs:
                      image:
                        runs-on: ubuntu-24.04
                        steps:
                          - uses: actions/checkout@v5
                          - uses: docker/setup-buildx-action@v3
                          - uses: docker/build-push-action@v6
                            with:
                              context: .
                              file: web/Dockerfile

                    """
                )
            ]),
        Commit(
            message: "Welcome who comes",
            files: [(changed, "document.title = \"Shop\";\ndocument.body.append(\"Welcome!\");\n")]),
    ]
}
