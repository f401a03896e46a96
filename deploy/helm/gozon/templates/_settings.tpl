{{/* The settings that the chart knows of each component, as a map of NAME: value. Others are given by env and secretEnv. */}}

{{- define "gozon.settings.shared" -}}
ENVIRONMENT: {{ .Values.environment | quote }}
{{- end }}

{{- define "gozon.settings.service" -}}
{{ include "gozon.settings.shared" . }}
DRAIN_SECONDS: {{ .Values.drainSeconds | quote }}
{{- end }}

{{- define "gozon.settings.kafka" -}}
KAFKA_BROKERS: {{ .Values.kafka.brokers | quote }}
{{- if .Values.kafka.tls }}
KAFKA_TLS: "true"
{{- end }}
{{- with .Values.kafka.saslMechanism }}
KAFKA_SASL_MECHANISM: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "gozon.settings.temporal" -}}
TEMPORAL_ADDRESS: {{ .Values.temporal.address | quote }}
TEMPORAL_NAMESPACE: {{ .Values.temporal.namespace | quote }}
{{- if .Values.temporal.tls }}
TEMPORAL_TLS: "true"
{{- end }}
{{- end }}

{{- define "gozon.settings.gateway" -}}
{{ include "gozon.settings.service" . }}
CURRENCY: {{ .Values.currency | quote }}
ORDERS_URL: {{ include "gozon.url" (list . "orders") | quote }}
PAYMENTS_URL: {{ include "gozon.url" (list . "payments") | quote }}
WORKFLOWS_URL: {{ include "gozon.url" (list . "workflows") | quote }}
TEMPORAL_NAMESPACE: {{ .Values.temporal.namespace | quote }}
{{- with .Values.temporal.uiUrl }}
TEMPORAL_UI_URL: {{ . | quote }}
{{- end }}
{{- with .Values.identity }}
IDENTITY: {{ .mode | quote }}
{{- if eq .mode "jwt" }}
JWT_ISSUER: {{ .issuer | quote }}
JWT_AUDIENCE: {{ .audience | quote }}
{{- with .jwksUrl }}
JWKS_URL: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "gozon.settings.orders" -}}
{{ include "gozon.settings.service" . }}
CURRENCY: {{ .Values.currency | quote }}
PAYMENTS_URL: {{ include "gozon.url" (list . "payments") | quote }}
WORKFLOWS_URL: {{ include "gozon.url" (list . "workflows") | quote }}
{{ include "gozon.settings.kafka" . }}
{{- end }}

{{- define "gozon.settings.payments" -}}
{{ include "gozon.settings.service" . }}
CURRENCY: {{ .Values.currency | quote }}
{{- end }}

{{- define "gozon.settings.workflows" -}}
{{ include "gozon.settings.service" . }}
ORDERS_URL: {{ include "gozon.url" (list . "orders") | quote }}
PAYMENTS_URL: {{ include "gozon.url" (list . "payments") | quote }}
{{ include "gozon.settings.kafka" . }}
{{ include "gozon.settings.temporal" . }}
{{- end }}

{{- define "gozon.settings.set-up-databases" -}}
{{ include "gozon.settings.shared" . }}
{{- end }}

{{- define "gozon.settings.set-up-temporal" -}}
{{ include "gozon.settings.shared" . }}
{{ include "gozon.settings.temporal" . }}
{{- end }}

{{/* Takes (list . service). */}}
{{- define "gozon.url" -}}
http://{{ include "gozon.fullname" (index . 0) }}-{{ index . 1 }}:8080
{{- end }}

{{/*
The environment of a container. Takes (dict "root" . "component" "env" "secretEnv"). A later source wins: the chart, env of
all, env of the component, secretEnv.
*/}}
{{- define "gozon.env" -}}
{{- $settings := include (printf "gozon.settings.%s" .component) .root | fromYaml -}}
{{- $secrets := .secretEnv | default dict -}}
{{- $plain := mergeOverwrite $settings (deepCopy (.root.Values.env | default dict)) (deepCopy (.env | default dict)) -}}
{{- range $name, $value := $plain }}
{{- if not (index $secrets $name) }}
- name: {{ $name }}
  {{- /* As JSON, since a number of a million or more would become 1e+06. */}}
  value: {{ ternary ($value | toJson) $value (kindIs "float64" $value) | quote }}
{{- end }}
{{- end }}
{{- range $name, $secret := $secrets }}
{{- if $secret }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret.name }}
      key: {{ $secret.key }}
{{- end }}
{{- end }}
{{- end }}
