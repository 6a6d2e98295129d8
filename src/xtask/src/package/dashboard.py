"""Writes the Grafana dashboard: python3 dashboard.py > grafana.json. One place for titles and queries; Grafana's format repeats the rest."""

import json
import sys

SOURCE = {"type": "prometheus", "uid": "${source}"}
HALF, WHOLE, HEIGHT = 12, 24, 8
PANELS = [
    ("Готов", "stat", 4, None, [("podlinnik_ready", "{{instance}}")]),
    ("Ждут анализа", "stat", 5, None, [('sum(podlinnik_jobs{kind="analyse",state="queued"})', "")]),
    ("Сейчас в работе", "stat", 5, None, [("max(podlinnik_worker_busy)", "")]),
    ("Мёртвые задания", "stat", 5, None, [('sum(podlinnik_jobs{state="dead"})', "")]),
    ("Принято за сутки", "stat", 5, None, [("sum(increase(podlinnik_uploads_total[24h]))", "")]),
    ("Очередь", "timeseries", HALF, None, [('sum by (kind, state) (podlinnik_jobs{state=~"queued|leased|dead"})', "{{kind}}, {{state}}")]),
    ("Сделано в минуту", "timeseries", HALF, None, [('sum by (kind) (clamp_min(deriv(podlinnik_jobs{state="done"}[5m]), 0)) * 60', "{{kind}}")]),
    ("Запросы в секунду по ответу", "timeseries", HALF, "reqps", [("sum by (status) (rate(podlinnik_http_requests_total[5m]))", "{{status}}")]),
    ("Ошибки сервера в секунду", "timeseries", HALF, "reqps", [('sum by (route) (rate(podlinnik_http_requests_total{status=~"5.."}[5m]))', "{{route}}")]),
    ("Время до ответа: медиана и 99 %", "timeseries", HALF, "s", [
        ("histogram_quantile(0.5, sum by (le) (rate(podlinnik_http_request_duration_seconds_bucket[5m])))", "50 %"),
        ("histogram_quantile(0.99, sum by (le) (rate(podlinnik_http_request_duration_seconds_bucket[5m])))", "99 %")]),
    ("Медленнее всех: 99 % по маршруту", "timeseries", HALF, "s", [
        ("topk(5, histogram_quantile(0.99, sum by (le, route) (rate(podlinnik_http_request_duration_seconds_bucket[5m]))))", "{{route}}")]),
    ("Приём файлов, байт в секунду", "timeseries", HALF, "Bps", [("sum(rate(podlinnik_upload_bytes_total[5m]))", "")]),
    ("Приём файлов: идёт, принято и отказано за минуту", "timeseries", HALF, None, [
        ("sum(podlinnik_uploads_in_progress)", "идёт"), ("sum(rate(podlinnik_uploads_total[5m])) * 60", "принято"),
        ("sum(rate(podlinnik_uploads_refused_total[5m])) * 60", "отказано")]),
]


def main():
    panels, x, y = [], 0, 0
    for number, (title, kind, width, unit, queries) in enumerate(PANELS, 1):
        if x + width > WHOLE:
            x, y = 0, y + HEIGHT
        height = 4 if kind == "stat" else HEIGHT
        panels.append({
            "id": number, "title": title, "type": kind, "datasource": SOURCE, "gridPos": {"x": x, "y": y, "w": width, "h": height},
            "fieldConfig": {"defaults": {"unit": unit} if unit else {}, "overrides": []}, "options": {},
            "targets": [{"refId": chr(65 + at), "expr": query, "legendFormat": legend, "datasource": SOURCE} for at, (query, legend) in enumerate(queries)],
        })
        x += width
    dashboard = {
        "uid": "podlinnik", "title": "Подлинник", "tags": ["podlinnik"], "schemaVersion": 39, "timezone": "browser", "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"}, "panels": panels,
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]},
    }
    json.dump(dashboard, sys.stdout, ensure_ascii=False, indent=1)
    print()


main()
