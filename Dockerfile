# syntax=docker/dockerfile:1
# One image for web, workers and beat. TARGET=cpu (default) or gpu decides which build of torch is inside.
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim-bookworm AS build
ARG TARGET=cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
RUN if [ "$TARGET" = gpu ]; then pip install torch==2.13.0; \
    else pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu; fi
WORKDIR /build
COPY requirements.txt .
RUN pip install -r requirements.txt

FROM python:${PYTHON_VERSION}-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FAIRLEAD_DATA=/data
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin fairlead \
    && install -d -o fairlead -g fairlead /data
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "config/gunicorn.py", "-b", "0.0.0.0:8000", "config.wsgi"]
