# What AWS must know so that workloads can take a role without a password: the issuer of their tokens.
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_iam_openid_connect_provider" "amethyst" {
  url            = "https://amethyst.example.org"
  client_id_list = ["sts.amazonaws.com"]
}
