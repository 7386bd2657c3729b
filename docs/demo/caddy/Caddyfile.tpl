:8443 {
	respond "{{ env "NOMAD_JOB_NAME" }} is up"
}
