// Runs a fake payment provider with the options given as JSON, and prints its URL.
import { startGatewayServer } from 'tablepick/servers';

const server = await startGatewayServer(JSON.parse(process.argv[2]));
console.log(server.url);
