{{- define "mapigate.labels" -}}
app.kubernetes.io/name: mapigate
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- if .workload }}
app.kubernetes.io/component: {{ .workload }}
{{- end }}
{{- end }}

{{- define "mapigate.selector" -}}
app.kubernetes.io/name: mapigate
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- if .workload }}
app.kubernetes.io/component: {{ .workload }}
{{- end }}
{{- end }}

{{- /* The configuration of one workload: what the operator wrote, and what only the chart knows. */ -}}
{{- define "mapigate.config" -}}
{{- $set := dict "data" "/var/lib/mapigate" "admin" (dict "address" ":9125" "anonymous" "nothing") -}}
{{- if lt (len (uniq .spec.roles)) 3 -}}
{{- $_ := set $set "roles" .spec.roles -}}
{{- end -}}
{{- $queue := dict "engine" .root.Values.queue.engine -}}
{{- if eq .root.Values.queue.engine "postgres" -}}
{{- $_ := set $queue "url_file" "/etc/mapigate/postgres/url" -}}
{{- end -}}
{{- $_ := set $set "queue" (mustMergeOverwrite (dict) (default (dict) .root.Values.config.queue) $queue) -}}
{{- toYaml (mustMergeOverwrite (dict) .root.Values.config $set) -}}
{{- end }}
