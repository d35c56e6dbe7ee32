import Anthropic from "@anthropic-ai/sdk";
import { AnthropicInstrumentation } from "@arizeai/openinference-instrumentation-anthropic";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";

const telemetry = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
telemetry.start();
new AnthropicInstrumentation().manuallyInstrument(Anthropic);

const client = new Anthropic({ maxRetries: 0 });
const asked = { model: "claude-sonnet-4-5", max_tokens: 100, messages: [{ role: "user", content: "How are you?" }] };
await client.messages.create(asked);
await client.messages.stream(asked).finalMessage();
await client.messages.create({ ...asked, messages: [{ role: "user", content: "too fast" }] }).catch(() => {});
await telemetry.shutdown();
