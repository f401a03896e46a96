{{/*
What every pod of ours has: user 1000, a read-only file system, no capabilities, no token of the cluster.
Takes (dict "root" . "values" of the component). The container follows.
*/}}
{{- define "gozon.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- with .values.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .values.pod }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "gozon.container" -}}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
# The sentence of a process that refuses its settings (exit code 78) is what `kubectl describe pod` shows.
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- with .values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
