{{/* What the names of all objects begin with */}}
{{- define "OPERATOR.prefix" -}}
{{ .Values.fullnameOverride | default .Chart.Name }}
{{- end }}

{{- define "OPERATOR.account" -}}
{{ .Values.serviceAccount.name | default (printf "%s-controller-manager" (include "OPERATOR.prefix" .)) }}
{{- end }}

{{- define "OPERATOR.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}
