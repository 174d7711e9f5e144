{{/* What the names of all objects begin with */}}
{{- define "healing-operator.prefix" -}}
{{ .Values.fullnameOverride | default .Chart.Name }}
{{- end }}

{{- define "healing-operator.account" -}}
{{ .Values.serviceAccount.name | default (printf "%s-controller-manager" (include "healing-operator.prefix" .)) }}
{{- end }}

{{- define "healing-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}
