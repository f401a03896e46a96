{{- define "gozon.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-gozon" .Release.Name) (contains "gozon" .Release.Name) -}}
{{- $name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* What finds a component's pods, and never changes. Takes (list . component). */}}
{{- define "gozon.selector" -}}
app.kubernetes.io/name: gozon
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "gozon.labels" -}}
{{ include "gozon.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ (index . 0).Chart.Name }}-{{ (index . 0).Chart.Version }}
{{- end }}

{{/* Takes (list . component). */}}
{{- define "gozon.metadata" -}}
name: {{ include "gozon.fullname" (index . 0) }}-{{ index . 1 }}
labels:
  {{- include "gozon.labels" . | nindent 2 }}
{{- end }}

{{/* Takes (list . image tag). */}}
{{- define "gozon.image" -}}
{{- $values := (index . 0).Values -}}
{{ $values.image.prefix }}/{{ index . 1 }}:{{ coalesce (index . 2) $values.image.tag (index . 0).Chart.AppVersion }}
{{- end }}

{{/* The metadata of what Prometheus' operator reads. Takes (list . labels). */}}
{{- define "gozon.monitoring" -}}
name: {{ include "gozon.fullname" (index . 0) }}
labels:
  app.kubernetes.io/name: gozon
  app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
  {{- with index . 1 }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
