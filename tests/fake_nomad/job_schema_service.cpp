#include "fake_nomad/job_schema_parts.h"

namespace nmgr::fake {

using enum Kind;

static const BlockSchema kCheckRestartSchema = {nullptr,
                                                {{"limit", "Limit", kInt},
                                                 {"grace", "Grace", kOptDuration},
                                                 {"ignore_warnings", "IgnoreWarnings", kBool}}};

static const BlockSchema kServiceCheckSchema = {
    nullptr,
    {{"name", "Name", kString},
     {"type", "Type", kString},
     {"command", "Command", kString},
     {"args", "Args", kStrings},
     {"path", "Path", kString},
     {"protocol", "Protocol", kString},
     {"port", "PortLabel", kString},
     {"expose", "Expose", kBool},
     {"address_mode", "AddressMode", kString},
     {"advertise", "Advertise", kString},
     {"interval", "Interval", kDuration},
     {"timeout", "Timeout", kDuration},
     {"initial_status", "InitialStatus", kString},
     {"notes", "Notes", kString},
     {"tls_server_name", "TLSServerName", kString},
     {"tls_skip_verify", "TLSSkipVerify", kBool},
     {"header", "Header", kLists},
     {"method", "Method", kString},
     {"check_restart", "CheckRestart", kBlock, &kCheckRestartSchema},
     {"grpc_service", "GRPCService", kString},
     {"grpc_use_tls", "GRPCUseTLS", kBool},
     {"task", "TaskName", kString},
     {"success_before_passing", "SuccessBeforePassing", kInt},
     {"failures_before_critical", "FailuresBeforeCritical", kInt},
     {"failures_before_warning", "FailuresBeforeWarning", kInt},
     {"body", "Body", kString},
     {"on_update", "OnUpdate", kString}}};

static const BlockSchema kConsulGatewayBindAddressSchema = {
    "Name", {{"address", "Address", kString}, {"port", "Port", kInt}}};

static const BlockSchema kConsulGatewayProxySchema = {
    nullptr,
    {{"connect_timeout", "ConnectTimeout", kOptDuration},
     {"envoy_gateway_bind_tagged_addresses", "EnvoyGatewayBindTaggedAddresses", kBool},
     {"envoy_gateway_bind_addresses", "EnvoyGatewayBindAddresses", kBlockMap,
      &kConsulGatewayBindAddressSchema},
     {"envoy_gateway_no_default_bind", "EnvoyGatewayNoDefaultBind", kBool},
     {"envoy_dns_discovery_type", "EnvoyDNSDiscoveryType", kString},
     {"config", "Config", kFree}}};

static const BlockSchema kConsulGatewayTLSSDSConfigSchema = {
    nullptr,
    {{"cluster_name", "ClusterName", kString}, {"cert_resource", "CertResource", kString}}};

static const BlockSchema kConsulGatewayTLSConfigSchema = {
    nullptr,
    {{"enabled", "Enabled", kBool},
     {"tls_min_version", "TLSMinVersion", kString},
     {"tls_max_version", "TLSMaxVersion", kString},
     {"cipher_suites", "CipherSuites", kStrings},
     {"sds", "SDS", kBlock, &kConsulGatewayTLSSDSConfigSchema}}};

static const BlockSchema kConsulHTTPHeaderModifiersSchema = {
    nullptr, {{"add", "Add", kMap}, {"set", "Set", kMap}, {"remove", "Remove", kStrings}}};

static const BlockSchema kConsulIngressServiceSchema = {
    nullptr,
    {{"name", "Name", kString},
     {"hosts", "Hosts", kStrings},
     {"tls", "TLS", kBlock, &kConsulGatewayTLSConfigSchema},
     {"request_headers", "RequestHeaders", kBlock, &kConsulHTTPHeaderModifiersSchema},
     {"response_headers", "ResponseHeaders", kBlock, &kConsulHTTPHeaderModifiersSchema},
     {"max_connections", "MaxConnections", kOptInt},
     {"max_pending_requests", "MaxPendingRequests", kOptInt},
     {"max_concurrent_requests", "MaxConcurrentRequests", kOptInt}}};

static const BlockSchema kConsulIngressListenerSchema = {
    nullptr,
    {{"port", "Port", kInt},
     {"protocol", "Protocol", kString},
     {"service", "Services", kBlocks, &kConsulIngressServiceSchema}}};

static const BlockSchema kConsulIngressConfigEntrySchema = {
    nullptr,
    {{"tls", "TLS", kBlock, &kConsulGatewayTLSConfigSchema},
     {"listener", "Listeners", kBlocks, &kConsulIngressListenerSchema}}};

static const BlockSchema kConsulLinkedServiceSchema = {nullptr,
                                                       {{"name", "Name", kString},
                                                        {"ca_file", "CAFile", kString},
                                                        {"cert_file", "CertFile", kString},
                                                        {"key_file", "KeyFile", kString},
                                                        {"sni", "SNI", kString}}};

static const BlockSchema kConsulTerminatingConfigEntrySchema = {
    nullptr, {{"service", "Services", kBlocks, &kConsulLinkedServiceSchema}}};

static const BlockSchema kConsulMeshConfigEntrySchema = {nullptr, {}};

static const BlockSchema kConsulGatewaySchema = {
    nullptr,
    {{"proxy", "Proxy", kBlock, &kConsulGatewayProxySchema},
     {"ingress", "Ingress", kBlock, &kConsulIngressConfigEntrySchema},
     {"terminating", "Terminating", kBlock, &kConsulTerminatingConfigEntrySchema},
     {"mesh", "Mesh", kBlock, &kConsulMeshConfigEntrySchema}}};

static const BlockSchema kConsulExposePathSchema = {nullptr,
                                                    {{"path", "Path", kString},
                                                     {"protocol", "Protocol", kString},
                                                     {"local_path_port", "LocalPathPort", kInt},
                                                     {"listener_port", "ListenerPort", kString}}};

static const BlockSchema kConsulExposeConfigSchema = {
    nullptr, {{"path", "Paths", kBlocks, &kConsulExposePathSchema}, {nullptr, "Path", kBlocks}}};

static const BlockSchema kConsulMeshGatewaySchema = {nullptr, {{"mode", "Mode", kString}}};

static const BlockSchema kConsulUpstreamSchema = {
    nullptr,
    {{"destination_name", "DestinationName", kString},
     {"destination_namespace", "DestinationNamespace", kString},
     {"destination_peer", "DestinationPeer", kString},
     {"destination_partition", "DestinationPartition", kString},
     {"destination_type", "DestinationType", kString},
     {"local_bind_port", "LocalBindPort", kInt},
     {"datacenter", "Datacenter", kString},
     {"local_bind_address", "LocalBindAddress", kString},
     {"local_bind_socket_path", "LocalBindSocketPath", kString},
     {"local_bind_socket_mode", "LocalBindSocketMode", kString},
     {"mesh_gateway", "MeshGateway", kBlock, &kConsulMeshGatewaySchema},
     {"config", "Config", kFree}}};

static const BlockSchema kConsulTransparentProxySchema = {
    nullptr,
    {{"uid", "UID", kString},
     {"outbound_port", "OutboundPort", kInt},
     {"exclude_inbound_ports", "ExcludeInboundPorts", kStrings},
     {"exclude_outbound_ports", "ExcludeOutboundPorts", kInts},
     {"exclude_outbound_cidrs", "ExcludeOutboundCIDRs", kStrings},
     {"exclude_uids", "ExcludeUIDs", kStrings},
     {"no_dns", "NoDNS", kBool}}};

static const BlockSchema kConsulProxySchema = {
    nullptr,
    {{"local_service_address", "LocalServiceAddress", kString},
     {"local_service_port", "LocalServicePort", kInt},
     {"expose", "Expose", kBlock, &kConsulExposeConfigSchema},
     {nullptr, "ExposeConfig", kBlock},
     {"upstreams", "Upstreams", kBlocks, &kConsulUpstreamSchema},
     {"transparent_proxy", "TransparentProxy", kBlock, &kConsulTransparentProxySchema},
     {"config", "Config", kFree}}};

static const BlockSchema kConsulSidecarServiceSchema = {
    nullptr,
    {{"tags", "Tags", kStrings},
     {"port", "Port", kString},
     {"proxy", "Proxy", kBlock, &kConsulProxySchema},
     {"disable_default_tcp_check", "DisableDefaultTCPCheck", kBool},
     {"meta", "Meta", kMap}}};

static const BlockSchema kSidecarTaskSchema = {
    nullptr,
    {{"name", "Name", kString},
     {"driver", "Driver", kString},
     {"user", "User", kString},
     {"config", "Config", kFree},
     {"env", "Env", kMap},
     {"resources", "Resources", kBlock, &kResourcesSchema},
     {"meta", "Meta", kMap},
     {"kill_timeout", "KillTimeout", kOptDuration},
     {"logs", "LogConfig", kBlock, &kLogConfigSchema},
     {"shutdown_delay", "ShutdownDelay", kOptDuration},
     {"kill_signal", "KillSignal", kString},
     {"volume_mount", "VolumeMounts", kBlocks, &kVolumeMountSchema},
     {"identity", "Identities", kBlocks, &kWorkloadIdentitySchema}}};

static const BlockSchema kConsulConnectSchema = {
    nullptr,
    {{"native", "Native", kBool},
     {"gateway", "Gateway", kBlock, &kConsulGatewaySchema},
     {"sidecar_service", "SidecarService", kBlock, &kConsulSidecarServiceSchema},
     {"sidecar_task", "SidecarTask", kBlock, &kSidecarTaskSchema}}};

static const BlockSchema kServiceWeightsSchema = {
    nullptr, {{"passing", "Passing", kInt}, {"warning", "Warning", kInt}}};

const BlockSchema kServiceSchema = {
    nullptr,
    {{"name", "Name", kString},
     {"tags", "Tags", kStrings},
     {"canary_tags", "CanaryTags", kStrings},
     {"enable_tag_override", "EnableTagOverride", kBool},
     {"port", "PortLabel", kString},
     {"address_mode", "AddressMode", kString},
     {"address", "Address", kString},
     {"check", "Checks", kBlocks, &kServiceCheckSchema},
     {"check_restart", "CheckRestart", kBlock, &kCheckRestartSchema},
     {"connect", "Connect", kBlock, &kConsulConnectSchema},
     {"meta", "Meta", kMap},
     {"canary_meta", "CanaryMeta", kMap},
     {"tagged_addresses", "TaggedAddresses", kMap},
     {"task", "TaskName", kString},
     {"on_update", "OnUpdate", kString},
     {"identity", "Identity", kBlock, &kWorkloadIdentitySchema},
     {"weights", "Weights", kBlock, &kServiceWeightsSchema},
     {"provider", "Provider", kString},
     {"cluster", "Cluster", kString},
     {"kind", "Kind", kString}}};

}  // namespace nmgr::fake
